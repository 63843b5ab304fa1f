"""Names MuMax3 knows and this engine does not, grouped by the reason.

In: nothing. Out: the table the world turns into refusals: a script is stopped before it starts, its author
told why.
"""

from __future__ import annotations

GROUPS = {
    "the Dzyaloshinskii-Moriya interaction is": "DindCoupling ext_ScaleDind ext_InterDind",
    "exchange scaled between regions is": "ExchCoupling ext_ScaleExchange ext_InterExchange",
    "spin-transfer torque is": "STTorque",
    "temperature is": "B_therm E_therm Edens_therm",
    "magnetoelastic coupling is": "B_mel F_mel E_mel Edens_mel",
    "adding field or energy terms is": "AddFieldTerm AddEdensTerm RemoveCustomFields RemoveCustomEnergies "
    "B_custom E_custom Edens_custom",
    "a moving window is": "Shift ShiftM ShiftGeom ShiftRegions ShiftMagL ShiftMagR ShiftMagU ShiftMagD "
    "TotalShift EdgeCarryShift ext_centerWall ext_centerWallInRegion ext_centerWallInLayer ext_centerBubble "
    "ext_enableCenterBubbleX ext_enableCenterBubbleY",
    "tracking walls, bubbles and cores is": "ext_dwpos ext_dwxpos ext_dwspeed ext_dwtilt ext_corepos "
    "ext_bubblepos ext_bubbledist ext_bubblespeed ext_BubbleMz ext_BackGroundTilt",
    "topological charges and Hopf indices are": "ext_topologicalcharge ext_topologicalchargedensity "
    "ext_topologicalchargelattice ext_topologicalchargedensitylattice ext_hopfindex_twopointstencil "
    "ext_hopfindex_fivepointstencil ext_hopfindex_solidangle ext_hopfindex_solidanglefourier "
    "ext_hopfindexdensity_twopointstencil ext_hopfindexdensity_fivepointstencil "
    "ext_hopfindexdensity_solidangle ext_emergentmagneticfield_twopointstencil "
    "ext_emergentmagneticfield_fivepointstencil ext_emergentmagneticfield_solidangle HopfionCompactSupport",
    "grains, rough surfaces and pictures as shapes are": "ext_makegrains ext_make3dgrains ext_grainCutShape "
    "GrainRoughness ImageShape ext_InitGeomFromOVF ext_rmSurfaceCharge",
    "magnetic force microscopy is": "MFM MFMLift MFMDipole",
    "spin angles are": "MaxAngle spinAngle ext_phi ext_theta",
    "quantities that follow time are": "RunningAverage ClearPostSteps FunctionFromDatafile",
    "MuMax3's own dump format is": "DUMP",
    "including other scripts is": "source",
    "unsafe mode is": "ext_EnableUnsafe",
}
